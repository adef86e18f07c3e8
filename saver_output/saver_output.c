//==============================================================================
//
//  Copyright (c) 2020-2023 Qualcomm Technologies, Inc.
//  All Rights Reserved.
//  Confidential and Proprietary - Qualcomm Technologies, Inc.
//
//==============================================================================

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "QnnInterface.h"

#define VALIDATE(res, value) \
   do { \
      if (res == 0 || res == QNN_COMMON_ERROR_NOT_SUPPORTED) \
      { \
         res = value; \
         if (res != 0) \
         { \
            if (res == QNN_COMMON_ERROR_NOT_SUPPORTED) \
            { \
               printf("WARNING! Line %d QNN feature/API not supported\n", __LINE__); \
            } else { \
               printf("ERROR! Line %d with error value: %d\n", __LINE__, (unsigned int)error); \
            } \
         } \
      } \
   } \
   while(0)

int main(int argc, char** argv) {
   Qnn_ErrorHandle_t error = 0;
   QnnLog_Level_t logLevel = QNN_LOG_LEVEL_ERROR;
   int logging = 0;
   for (int i = 1; i < argc; i++) {
     char* arg = argv[i];
     if (!strcmp("--logging", arg) || !strcmp("-l", arg)) {
       logging = 1;
       if (i+1 == argc) {
         printf("No log level provided, defaulting to QNN_LOG_LEVEL_ERROR\n");
         break;
       }
       char* value = argv[++i];
       if (!strcmp("error", value)) {
         logLevel = QNN_LOG_LEVEL_ERROR;
       } else if (!strcmp("warn", value)) {
         logLevel = QNN_LOG_LEVEL_WARN;
       } else if (!strcmp("info", value)) {
         logLevel = QNN_LOG_LEVEL_INFO;
       } else if (!strcmp("debug", value)) {
         logLevel = QNN_LOG_LEVEL_DEBUG;
       } else if (!strcmp("verbose", value)) {
         logLevel = QNN_LOG_LEVEL_VERBOSE;
       } else {
         printf("WARNING: Unknown log level provided: %s, defaulting to QNN_LOG_LEVEL_ERROR\n", value);
       }
     } else {
       printf("Usage: %s [options]\n\n"
              "-l <level>, --logging <level>      Enable logging, acceptable levels are: error,warn,info,debug,verbose\n", argv[0]);
       return -1;
     }
   }

   FILE* fp = fopen("params.bin", "rb");
   if (!fp) {
     error = -1;
     printf("ERROR! Could not open params.bin, ensure this file is in the current working directory when executing this program.\n");
     return error;
   }

   const QnnInterface_t** providerList = NULL;
   uint32_t numProviders;
   VALIDATE(error, QnnInterface_getProviders(&providerList, &numProviders));
   QNN_INTERFACE_VER_TYPE interface = providerList[0]->QNN_INTERFACE_VER_NAME;

   Qnn_LogHandle_t loghandle= NULL;
   if (logging) {
     VALIDATE(error, interface.logCreate(NULL, logLevel, &loghandle));
   }

   const QnnBackend_Config_t* backend_0_config_0[] = {NULL};
   Qnn_BackendHandle_t backend_0;
   VALIDATE(error, interface.backendCreate(loghandle, backend_0_config_0, &backend_0));

   VALIDATE(error, interface.propertyHasCapability((QnnProperty_Key_t)1501));

   const QnnDevice_Config_t* device_0_config_0[] = {NULL};
   Qnn_DeviceHandle_t device_0;
   VALIDATE(error, interface.deviceCreate(loghandle, device_0_config_0, &device_0));

   const QnnContext_Config_t* context_0_config_0[] = {NULL};
   Qnn_ContextHandle_t context_0;
   VALIDATE(error, interface.contextCreate(backend_0, device_0, context_0_config_0, &context_0));

   Qnn_Param_t* Sigmoid2_0_params = NULL;
   uint32_t Sigmoid2_0_input_0_dims[] = {1, 1, 32, 48};
   Qnn_QuantizeParams_t Sigmoid2_0_input_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t Sigmoid2_0_input_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t Sigmoid2_0_input_0_v1 = {0, "scores", (Qnn_TensorType_t)3, 0, (Qnn_DataType_t)562, Sigmoid2_0_input_0_quantizeParams, 4, Sigmoid2_0_input_0_dims, (Qnn_TensorMemType_t)0, Sigmoid2_0_input_0_clientBuf};
   Qnn_Tensor_t Sigmoid2_0_input_0 = {(Qnn_TensorVersion_t)1, .v1 = Sigmoid2_0_input_0_v1};

   Qnn_Tensor_t Sigmoid2_0_inputs[] = {Sigmoid2_0_input_0};
   uint32_t Sigmoid2_0_output_0_dims[] = {1, 1, 32, 48};
   Qnn_QuantizeParams_t Sigmoid2_0_output_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t Sigmoid2_0_output_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t Sigmoid2_0_output_0_v1 = {0, "output", (Qnn_TensorType_t)1, 0, (Qnn_DataType_t)562, Sigmoid2_0_output_0_quantizeParams, 4, Sigmoid2_0_output_0_dims, (Qnn_TensorMemType_t)0, Sigmoid2_0_output_0_clientBuf};
   Qnn_Tensor_t Sigmoid2_0_output_0 = {(Qnn_TensorVersion_t)1, .v1 = Sigmoid2_0_output_0_v1};

   Qnn_Tensor_t Sigmoid2_0_outputs[] = {Sigmoid2_0_output_0};
   Qnn_OpConfigV1_t Sigmoid2_0_v1 = {"Sigmoid2", "qti.aisw", "Sigmoid", 0, Sigmoid2_0_params, 1, Sigmoid2_0_inputs, 1, Sigmoid2_0_outputs};
   Qnn_OpConfig_t Sigmoid2_0 = {(Qnn_OpConfigVersion_t)1, .v1 = Sigmoid2_0_v1};
   VALIDATE(error, interface.backendValidateOpConfig(backend_0, Sigmoid2_0));

   uint32_t Transpose_0_param_0_tensor_dims[] = {4};
   Qnn_QuantizeParams_t Transpose_0_param_0_tensor_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static uint32_t Transpose_0_param_0_tensor_data[4];
   fread(Transpose_0_param_0_tensor_data, 4, 4, fp);
   Qnn_ClientBuffer_t Transpose_0_param_0_tensor_clientBuf = {(void*)Transpose_0_param_0_tensor_data, 16};
   Qnn_TensorV1_t Transpose_0_param_0_tensor_v1 = {0, "Transpose_4_perm", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)306, Transpose_0_param_0_tensor_quantizeParams, 1, Transpose_0_param_0_tensor_dims, (Qnn_TensorMemType_t)0, Transpose_0_param_0_tensor_clientBuf};
   Qnn_Tensor_t Transpose_0_param_0_tensor = {(Qnn_TensorVersion_t)1, .v1 = Transpose_0_param_0_tensor_v1};
   Qnn_Param_t Transpose_0_param_0 = {(Qnn_ParamType_t)1, "perm", .tensorParam = Transpose_0_param_0_tensor};

   Qnn_Param_t Transpose_0_params[] = {Transpose_0_param_0};
   uint32_t Transpose_0_input_0_dims[] = {1, 3, 32, 48};
   Qnn_QuantizeParams_t Transpose_0_input_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t Transpose_0_input_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t Transpose_0_input_0_v1 = {0, "input", (Qnn_TensorType_t)0, 0, (Qnn_DataType_t)562, Transpose_0_input_0_quantizeParams, 4, Transpose_0_input_0_dims, (Qnn_TensorMemType_t)0, Transpose_0_input_0_clientBuf};
   Qnn_Tensor_t Transpose_0_input_0 = {(Qnn_TensorVersion_t)1, .v1 = Transpose_0_input_0_v1};

   Qnn_Tensor_t Transpose_0_inputs[] = {Transpose_0_input_0};
   uint32_t Transpose_0_output_0_dims[] = {1, 32, 48, 3};
   Qnn_QuantizeParams_t Transpose_0_output_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t Transpose_0_output_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t Transpose_0_output_0_v1 = {0, "Transpose_out0", (Qnn_TensorType_t)3, 0, (Qnn_DataType_t)562, Transpose_0_output_0_quantizeParams, 4, Transpose_0_output_0_dims, (Qnn_TensorMemType_t)0, Transpose_0_output_0_clientBuf};
   Qnn_Tensor_t Transpose_0_output_0 = {(Qnn_TensorVersion_t)1, .v1 = Transpose_0_output_0_v1};

   Qnn_Tensor_t Transpose_0_outputs[] = {Transpose_0_output_0};
   Qnn_OpConfigV1_t Transpose_0_v1 = {"Transpose", "qti.aisw", "Transpose", 1, Transpose_0_params, 1, Transpose_0_inputs, 1, Transpose_0_outputs};
   Qnn_OpConfig_t Transpose_0 = {(Qnn_OpConfigVersion_t)1, .v1 = Transpose_0_v1};
   VALIDATE(error, interface.backendValidateOpConfig(backend_0, Transpose_0));

   uint32_t _token_2_0_param_0_tensor_dims[] = {2};
   Qnn_QuantizeParams_t _token_2_0_param_0_tensor_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static uint32_t _token_2_0_param_0_tensor_data[2];
   fread(_token_2_0_param_0_tensor_data, 4, 2, fp);
   Qnn_ClientBuffer_t _token_2_0_param_0_tensor_clientBuf = {(void*)_token_2_0_param_0_tensor_data, 8};
   Qnn_TensorV1_t _token_2_0_param_0_tensor_v1 = {0, "_token_2_6_dilation", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)306, _token_2_0_param_0_tensor_quantizeParams, 1, _token_2_0_param_0_tensor_dims, (Qnn_TensorMemType_t)0, _token_2_0_param_0_tensor_clientBuf};
   Qnn_Tensor_t _token_2_0_param_0_tensor = {(Qnn_TensorVersion_t)1, .v1 = _token_2_0_param_0_tensor_v1};
   Qnn_Param_t _token_2_0_param_0 = {(Qnn_ParamType_t)1, "dilation", .tensorParam = _token_2_0_param_0_tensor};

   uint32_t _token_2_0_param_1_tensor_dims[] = {2};
   Qnn_QuantizeParams_t _token_2_0_param_1_tensor_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static uint32_t _token_2_0_param_1_tensor_data[2];
   fread(_token_2_0_param_1_tensor_data, 4, 2, fp);
   Qnn_ClientBuffer_t _token_2_0_param_1_tensor_clientBuf = {(void*)_token_2_0_param_1_tensor_data, 8};
   Qnn_TensorV1_t _token_2_0_param_1_tensor_v1 = {0, "_token_2_6_stride", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)306, _token_2_0_param_1_tensor_quantizeParams, 1, _token_2_0_param_1_tensor_dims, (Qnn_TensorMemType_t)0, _token_2_0_param_1_tensor_clientBuf};
   Qnn_Tensor_t _token_2_0_param_1_tensor = {(Qnn_TensorVersion_t)1, .v1 = _token_2_0_param_1_tensor_v1};
   Qnn_Param_t _token_2_0_param_1 = {(Qnn_ParamType_t)1, "stride", .tensorParam = _token_2_0_param_1_tensor};

   uint32_t _token_2_0_param_2_tensor_dims[] = {2, 2};
   Qnn_QuantizeParams_t _token_2_0_param_2_tensor_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static uint32_t _token_2_0_param_2_tensor_data[4];
   fread(_token_2_0_param_2_tensor_data, 4, 4, fp);
   Qnn_ClientBuffer_t _token_2_0_param_2_tensor_clientBuf = {(void*)_token_2_0_param_2_tensor_data, 16};
   Qnn_TensorV1_t _token_2_0_param_2_tensor_v1 = {0, "_token_2_6_pad_amount", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)306, _token_2_0_param_2_tensor_quantizeParams, 2, _token_2_0_param_2_tensor_dims, (Qnn_TensorMemType_t)0, _token_2_0_param_2_tensor_clientBuf};
   Qnn_Tensor_t _token_2_0_param_2_tensor = {(Qnn_TensorVersion_t)1, .v1 = _token_2_0_param_2_tensor_v1};
   Qnn_Param_t _token_2_0_param_2 = {(Qnn_ParamType_t)1, "pad_amount", .tensorParam = _token_2_0_param_2_tensor};

   Qnn_Scalar_t _token_2_0_param_3_scalar = {(Qnn_DataType_t)306, .uint32Value = 1};
   Qnn_Param_t _token_2_0_param_3 = {(Qnn_ParamType_t)0, "group", .scalarParam = _token_2_0_param_3_scalar};

   Qnn_Scalar_t _token_2_0_param_4_scalar = {(Qnn_DataType_t)1288, .bool8Value = 0};
   Qnn_Param_t _token_2_0_param_4 = {(Qnn_ParamType_t)0, "reuse_sparse_indices", .scalarParam = _token_2_0_param_4_scalar};

   Qnn_Param_t _token_2_0_params[] = {_token_2_0_param_0, _token_2_0_param_1, _token_2_0_param_2, _token_2_0_param_3, _token_2_0_param_4};
   uint32_t _token_2_0_input_0_dims[] = {1, 32, 48, 3};
   Qnn_QuantizeParams_t _token_2_0_input_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t _token_2_0_input_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t _token_2_0_input_0_v1 = {0, "Transpose_out0", (Qnn_TensorType_t)3, 0, (Qnn_DataType_t)562, _token_2_0_input_0_quantizeParams, 4, _token_2_0_input_0_dims, (Qnn_TensorMemType_t)0, _token_2_0_input_0_clientBuf};
   Qnn_Tensor_t _token_2_0_input_0 = {(Qnn_TensorVersion_t)1, .v1 = _token_2_0_input_0_v1};

   uint32_t _token_2_0_input_1_dims[] = {1, 1, 3, 1};
   Qnn_QuantizeParams_t _token_2_0_input_1_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static float _token_2_0_input_1_data[3];
   fread(_token_2_0_input_1_data, 4, 3, fp);
   Qnn_ClientBuffer_t _token_2_0_input_1_clientBuf = {(void*)_token_2_0_input_1_data, 12};
   Qnn_TensorV1_t _token_2_0_input_1_v1 = {0, "weights", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)562, _token_2_0_input_1_quantizeParams, 4, _token_2_0_input_1_dims, (Qnn_TensorMemType_t)0, _token_2_0_input_1_clientBuf};
   Qnn_Tensor_t _token_2_0_input_1 = {(Qnn_TensorVersion_t)1, .v1 = _token_2_0_input_1_v1};

   Qnn_Tensor_t _token_2_0_inputs[] = {_token_2_0_input_0, _token_2_0_input_1};
   uint32_t _token_2_0_output_0_dims[] = {1, 32, 48, 1};
   Qnn_QuantizeParams_t _token_2_0_output_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t _token_2_0_output_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t _token_2_0_output_0_v1 = {0, "_token_1", (Qnn_TensorType_t)3, 0, (Qnn_DataType_t)562, _token_2_0_output_0_quantizeParams, 4, _token_2_0_output_0_dims, (Qnn_TensorMemType_t)0, _token_2_0_output_0_clientBuf};
   Qnn_Tensor_t _token_2_0_output_0 = {(Qnn_TensorVersion_t)1, .v1 = _token_2_0_output_0_v1};

   Qnn_Tensor_t _token_2_0_outputs[] = {_token_2_0_output_0};
   Qnn_OpConfigV1_t _token_2_0_v1 = {"_token_2", "qti.aisw", "Conv2d", 5, _token_2_0_params, 2, _token_2_0_inputs, 1, _token_2_0_outputs};
   Qnn_OpConfig_t _token_2_0 = {(Qnn_OpConfigVersion_t)1, .v1 = _token_2_0_v1};
   VALIDATE(error, interface.backendValidateOpConfig(backend_0, _token_2_0));

   Qnn_Param_t* Sigmoid2_2_0_params = NULL;
   uint32_t Sigmoid2_2_0_input_0_dims[] = {1, 32, 48, 1};
   Qnn_QuantizeParams_t Sigmoid2_2_0_input_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t Sigmoid2_2_0_input_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t Sigmoid2_2_0_input_0_v1 = {0, "_token_1", (Qnn_TensorType_t)3, 0, (Qnn_DataType_t)562, Sigmoid2_2_0_input_0_quantizeParams, 4, Sigmoid2_2_0_input_0_dims, (Qnn_TensorMemType_t)0, Sigmoid2_2_0_input_0_clientBuf};
   Qnn_Tensor_t Sigmoid2_2_0_input_0 = {(Qnn_TensorVersion_t)1, .v1 = Sigmoid2_2_0_input_0_v1};

   Qnn_Tensor_t Sigmoid2_2_0_inputs[] = {Sigmoid2_2_0_input_0};
   uint32_t Sigmoid2_2_0_output_0_dims[] = {1, 32, 48, 1};
   Qnn_QuantizeParams_t Sigmoid2_2_0_output_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t Sigmoid2_2_0_output_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t Sigmoid2_2_0_output_0_v1 = {0, "_token_5", (Qnn_TensorType_t)3, 0, (Qnn_DataType_t)562, Sigmoid2_2_0_output_0_quantizeParams, 4, Sigmoid2_2_0_output_0_dims, (Qnn_TensorMemType_t)0, Sigmoid2_2_0_output_0_clientBuf};
   Qnn_Tensor_t Sigmoid2_2_0_output_0 = {(Qnn_TensorVersion_t)1, .v1 = Sigmoid2_2_0_output_0_v1};

   Qnn_Tensor_t Sigmoid2_2_0_outputs[] = {Sigmoid2_2_0_output_0};
   Qnn_OpConfigV1_t Sigmoid2_2_0_v1 = {"Sigmoid2_2", "qti.aisw", "Sigmoid", 0, Sigmoid2_2_0_params, 1, Sigmoid2_2_0_inputs, 1, Sigmoid2_2_0_outputs};
   Qnn_OpConfig_t Sigmoid2_2_0 = {(Qnn_OpConfigVersion_t)1, .v1 = Sigmoid2_2_0_v1};
   VALIDATE(error, interface.backendValidateOpConfig(backend_0, Sigmoid2_2_0));

   uint32_t Transpose_token_4_0_param_0_tensor_dims[] = {4};
   Qnn_QuantizeParams_t Transpose_token_4_0_param_0_tensor_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static uint32_t Transpose_token_4_0_param_0_tensor_data[4];
   fread(Transpose_token_4_0_param_0_tensor_data, 4, 4, fp);
   Qnn_ClientBuffer_t Transpose_token_4_0_param_0_tensor_clientBuf = {(void*)Transpose_token_4_0_param_0_tensor_data, 16};
   Qnn_TensorV1_t Transpose_token_4_0_param_0_tensor_v1 = {0, "Transpose_token_4_7_perm", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)306, Transpose_token_4_0_param_0_tensor_quantizeParams, 1, Transpose_token_4_0_param_0_tensor_dims, (Qnn_TensorMemType_t)0, Transpose_token_4_0_param_0_tensor_clientBuf};
   Qnn_Tensor_t Transpose_token_4_0_param_0_tensor = {(Qnn_TensorVersion_t)1, .v1 = Transpose_token_4_0_param_0_tensor_v1};
   Qnn_Param_t Transpose_token_4_0_param_0 = {(Qnn_ParamType_t)1, "perm", .tensorParam = Transpose_token_4_0_param_0_tensor};

   Qnn_Param_t Transpose_token_4_0_params[] = {Transpose_token_4_0_param_0};
   uint32_t Transpose_token_4_0_input_0_dims[] = {1, 32, 48, 1};
   Qnn_QuantizeParams_t Transpose_token_4_0_input_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t Transpose_token_4_0_input_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t Transpose_token_4_0_input_0_v1 = {0, "_token_5", (Qnn_TensorType_t)3, 0, (Qnn_DataType_t)562, Transpose_token_4_0_input_0_quantizeParams, 4, Transpose_token_4_0_input_0_dims, (Qnn_TensorMemType_t)0, Transpose_token_4_0_input_0_clientBuf};
   Qnn_Tensor_t Transpose_token_4_0_input_0 = {(Qnn_TensorVersion_t)1, .v1 = Transpose_token_4_0_input_0_v1};

   Qnn_Tensor_t Transpose_token_4_0_inputs[] = {Transpose_token_4_0_input_0};
   uint32_t Transpose_token_4_0_output_0_dims[] = {1, 1, 32, 48};
   Qnn_QuantizeParams_t Transpose_token_4_0_output_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t Transpose_token_4_0_output_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t Transpose_token_4_0_output_0_v1 = {0, "output", (Qnn_TensorType_t)1, 0, (Qnn_DataType_t)562, Transpose_token_4_0_output_0_quantizeParams, 4, Transpose_token_4_0_output_0_dims, (Qnn_TensorMemType_t)0, Transpose_token_4_0_output_0_clientBuf};
   Qnn_Tensor_t Transpose_token_4_0_output_0 = {(Qnn_TensorVersion_t)1, .v1 = Transpose_token_4_0_output_0_v1};

   Qnn_Tensor_t Transpose_token_4_0_outputs[] = {Transpose_token_4_0_output_0};
   Qnn_OpConfigV1_t Transpose_token_4_0_v1 = {"Transpose_token_4", "qti.aisw", "Transpose", 1, Transpose_token_4_0_params, 1, Transpose_token_4_0_inputs, 1, Transpose_token_4_0_outputs};
   Qnn_OpConfig_t Transpose_token_4_0 = {(Qnn_OpConfigVersion_t)1, .v1 = Transpose_token_4_0_v1};
   VALIDATE(error, interface.backendValidateOpConfig(backend_0, Transpose_token_4_0));

   const QnnGraph_Config_t* context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_config_0[] = {NULL};
   Qnn_GraphHandle_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0;
   VALIDATE(error, interface.graphCreate(context_0, "QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0", context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_config_0, &context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0));

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_0_dims[] = {1, 3, 32, 48};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_0_v1 = {0, "input", (Qnn_TensorType_t)0, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_0_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_0_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_0_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_0 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_0_v1};
   VALIDATE(error, interface.tensorCreateGraphTensor(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, &context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_0));

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_1_dims[] = {1, 1, 32, 48};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_1_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_1_clientBuf = {NULL, 0};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_1_v1 = {0, "output", (Qnn_TensorType_t)1, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_1_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_1_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_1_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_1 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_1_v1};
   VALIDATE(error, interface.tensorCreateGraphTensor(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, &context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_1));

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_2_dims[] = {1, 32, 48, 3};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_2_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_2_clientBuf = {NULL, 0};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_2_v1 = {0, "Transpose_out0", (Qnn_TensorType_t)3, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_2_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_2_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_2_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_2 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_2_v1};
   VALIDATE(error, interface.tensorCreateGraphTensor(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, &context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_2));

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_3_dims[] = {4};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_3_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_3_data[4];
   fread(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_3_data, 4, 4, fp);
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_3_clientBuf = {(void*)context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_3_data, 16};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_3_v1 = {0, "Transpose_4_perm", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)306, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_3_quantizeParams, 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_3_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_3_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_3 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_3_v1};
   VALIDATE(error, interface.tensorCreateGraphTensor(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, &context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_3));

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_param_0_tensor_dims[] = {4};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_param_0_tensor_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_param_0_tensor_data[4];
   fread(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_param_0_tensor_data, 4, 4, fp);
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_param_0_tensor_clientBuf = {(void*)context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_param_0_tensor_data, 16};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_param_0_tensor_v1 = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_3.v1.id, "Transpose_4_perm", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)306, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_param_0_tensor_quantizeParams, 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_param_0_tensor_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_param_0_tensor_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_param_0_tensor = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_param_0_tensor_v1};
   Qnn_Param_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_param_0 = {(Qnn_ParamType_t)1, "perm", .tensorParam = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_param_0_tensor};

   Qnn_Param_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_params[] = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_param_0};
   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_input_0_dims[] = {1, 3, 32, 48};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_input_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_input_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_input_0_v1 = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_0.v1.id, "input", (Qnn_TensorType_t)0, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_input_0_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_input_0_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_input_0_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_input_0 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_input_0_v1};

   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_inputs[] = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_input_0};
   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_output_0_dims[] = {1, 32, 48, 3};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_output_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_output_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_output_0_v1 = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_2.v1.id, "Transpose_out0", (Qnn_TensorType_t)3, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_output_0_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_output_0_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_output_0_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_output_0 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_output_0_v1};

   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_outputs[] = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_output_0};
   Qnn_OpConfigV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_v1 = {"Transpose", "qti.aisw", "Transpose", 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_params, 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_inputs, 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_outputs};
   Qnn_OpConfig_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0 = {(Qnn_OpConfigVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0_v1};
   VALIDATE(error, interface.graphAddNode(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_0));

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_4_dims[] = {1, 1, 3, 1};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_4_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static float context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_4_data[3];
   fread(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_4_data, 4, 3, fp);
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_4_clientBuf = {(void*)context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_4_data, 12};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_4_v1 = {0, "weights", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_4_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_4_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_4_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_4 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_4_v1};
   VALIDATE(error, interface.tensorCreateGraphTensor(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, &context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_4));

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_5_dims[] = {1, 32, 48, 1};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_5_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_5_clientBuf = {NULL, 0};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_5_v1 = {0, "_token_1", (Qnn_TensorType_t)3, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_5_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_5_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_5_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_5 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_5_v1};
   VALIDATE(error, interface.tensorCreateGraphTensor(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, &context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_5));

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_6_dims[] = {2};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_6_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_6_data[2];
   fread(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_6_data, 4, 2, fp);
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_6_clientBuf = {(void*)context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_6_data, 8};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_6_v1 = {0, "_token_2_6_dilation", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)306, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_6_quantizeParams, 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_6_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_6_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_6 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_6_v1};
   VALIDATE(error, interface.tensorCreateGraphTensor(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, &context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_6));

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_7_dims[] = {2};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_7_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_7_data[2];
   fread(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_7_data, 4, 2, fp);
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_7_clientBuf = {(void*)context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_7_data, 8};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_7_v1 = {0, "_token_2_6_stride", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)306, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_7_quantizeParams, 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_7_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_7_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_7 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_7_v1};
   VALIDATE(error, interface.tensorCreateGraphTensor(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, &context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_7));

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_8_dims[] = {2, 2};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_8_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_8_data[4];
   fread(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_8_data, 4, 4, fp);
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_8_clientBuf = {(void*)context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_8_data, 16};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_8_v1 = {0, "_token_2_6_pad_amount", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)306, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_8_quantizeParams, 2, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_8_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_8_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_8 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_8_v1};
   VALIDATE(error, interface.tensorCreateGraphTensor(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, &context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_8));

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_0_tensor_dims[] = {2};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_0_tensor_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_0_tensor_data[2];
   fread(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_0_tensor_data, 4, 2, fp);
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_0_tensor_clientBuf = {(void*)context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_0_tensor_data, 8};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_0_tensor_v1 = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_6.v1.id, "_token_2_6_dilation", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)306, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_0_tensor_quantizeParams, 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_0_tensor_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_0_tensor_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_0_tensor = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_0_tensor_v1};
   Qnn_Param_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_0 = {(Qnn_ParamType_t)1, "dilation", .tensorParam = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_0_tensor};

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_1_tensor_dims[] = {2};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_1_tensor_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_1_tensor_data[2];
   fread(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_1_tensor_data, 4, 2, fp);
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_1_tensor_clientBuf = {(void*)context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_1_tensor_data, 8};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_1_tensor_v1 = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_7.v1.id, "_token_2_6_stride", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)306, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_1_tensor_quantizeParams, 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_1_tensor_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_1_tensor_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_1_tensor = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_1_tensor_v1};
   Qnn_Param_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_1 = {(Qnn_ParamType_t)1, "stride", .tensorParam = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_1_tensor};

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_2_tensor_dims[] = {2, 2};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_2_tensor_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_2_tensor_data[4];
   fread(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_2_tensor_data, 4, 4, fp);
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_2_tensor_clientBuf = {(void*)context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_2_tensor_data, 16};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_2_tensor_v1 = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_8.v1.id, "_token_2_6_pad_amount", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)306, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_2_tensor_quantizeParams, 2, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_2_tensor_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_2_tensor_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_2_tensor = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_2_tensor_v1};
   Qnn_Param_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_2 = {(Qnn_ParamType_t)1, "pad_amount", .tensorParam = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_2_tensor};

   Qnn_Scalar_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_3_scalar = {(Qnn_DataType_t)306, .uint32Value = 1};
   Qnn_Param_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_3 = {(Qnn_ParamType_t)0, "group", .scalarParam = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_3_scalar};

   Qnn_Scalar_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_4_scalar = {(Qnn_DataType_t)1288, .bool8Value = 0};
   Qnn_Param_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_4 = {(Qnn_ParamType_t)0, "reuse_sparse_indices", .scalarParam = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_4_scalar};

   Qnn_Param_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_params[] = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_2, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_3, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_param_4};
   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_0_dims[] = {1, 32, 48, 3};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_0_v1 = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_2.v1.id, "Transpose_out0", (Qnn_TensorType_t)3, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_0_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_0_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_0_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_0 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_0_v1};

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_1_dims[] = {1, 1, 3, 1};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_1_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static float context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_1_data[3];
   fread(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_1_data, 4, 3, fp);
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_1_clientBuf = {(void*)context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_1_data, 12};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_1_v1 = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_4.v1.id, "weights", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_1_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_1_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_1_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_1 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_1_v1};

   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_inputs[] = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_input_1};
   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_output_0_dims[] = {1, 32, 48, 1};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_output_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_output_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_output_0_v1 = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_5.v1.id, "_token_1", (Qnn_TensorType_t)3, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_output_0_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_output_0_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_output_0_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_output_0 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_output_0_v1};

   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_outputs[] = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_output_0};
   Qnn_OpConfigV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_v1 = {"_token_2", "qti.aisw", "Conv2d", 5, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_params, 2, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_inputs, 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_outputs};
   Qnn_OpConfig_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0 = {(Qnn_OpConfigVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0_v1};
   VALIDATE(error, interface.graphAddNode(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0__token_2_0));

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_9_dims[] = {1, 32, 48, 1};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_9_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_9_clientBuf = {NULL, 0};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_9_v1 = {0, "_token_5", (Qnn_TensorType_t)3, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_9_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_9_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_9_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_9 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_9_v1};
   VALIDATE(error, interface.tensorCreateGraphTensor(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, &context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_9));

   Qnn_Param_t* context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_params = NULL;
   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_input_0_dims[] = {1, 32, 48, 1};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_input_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_input_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_input_0_v1 = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_5.v1.id, "_token_1", (Qnn_TensorType_t)3, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_input_0_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_input_0_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_input_0_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_input_0 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_input_0_v1};

   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_inputs[] = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_input_0};
   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_output_0_dims[] = {1, 32, 48, 1};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_output_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_output_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_output_0_v1 = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_9.v1.id, "_token_5", (Qnn_TensorType_t)3, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_output_0_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_output_0_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_output_0_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_output_0 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_output_0_v1};

   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_outputs[] = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_output_0};
   Qnn_OpConfigV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_v1 = {"Sigmoid2", "qti.aisw", "Sigmoid", 0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_params, 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_inputs, 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_outputs};
   Qnn_OpConfig_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0 = {(Qnn_OpConfigVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0_v1};
   VALIDATE(error, interface.graphAddNode(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Sigmoid2_0));

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_10_dims[] = {4};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_10_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_10_data[4];
   fread(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_10_data, 4, 4, fp);
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_10_clientBuf = {(void*)context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_10_data, 16};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_10_v1 = {0, "Transpose_token_4_7_perm", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)306, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_10_quantizeParams, 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_10_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_10_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_10 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_10_v1};
   VALIDATE(error, interface.tensorCreateGraphTensor(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, &context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_10));

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_param_0_tensor_dims[] = {4};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_param_0_tensor_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_param_0_tensor_data[4];
   fread(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_param_0_tensor_data, 4, 4, fp);
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_param_0_tensor_clientBuf = {(void*)context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_param_0_tensor_data, 16};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_param_0_tensor_v1 = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_10.v1.id, "Transpose_token_4_7_perm", (Qnn_TensorType_t)4, 0, (Qnn_DataType_t)306, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_param_0_tensor_quantizeParams, 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_param_0_tensor_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_param_0_tensor_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_param_0_tensor = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_param_0_tensor_v1};
   Qnn_Param_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_param_0 = {(Qnn_ParamType_t)1, "perm", .tensorParam = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_param_0_tensor};

   Qnn_Param_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_params[] = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_param_0};
   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_input_0_dims[] = {1, 32, 48, 1};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_input_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_input_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_input_0_v1 = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_9.v1.id, "_token_5", (Qnn_TensorType_t)3, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_input_0_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_input_0_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_input_0_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_input_0 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_input_0_v1};

   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_inputs[] = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_input_0};
   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_output_0_dims[] = {1, 1, 32, 48};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_output_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_output_0_clientBuf = {NULL, 0};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_output_0_v1 = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_1.v1.id, "output", (Qnn_TensorType_t)1, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_output_0_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_output_0_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_output_0_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_output_0 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_output_0_v1};

   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_outputs[] = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_output_0};
   Qnn_OpConfigV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_v1 = {"Transpose_token_4", "qti.aisw", "Transpose", 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_params, 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_inputs, 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_outputs};
   Qnn_OpConfig_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0 = {(Qnn_OpConfigVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0_v1};
   VALIDATE(error, interface.graphAddNode(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_Transpose_token_4_0));

   VALIDATE(error, interface.graphFinalize(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, NULL, NULL));

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_inputTensor_0_0_dims[] = {1, 3, 32, 48};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_inputTensor_0_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static float context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_inputTensor_0_0_data[4608];
   fread(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_inputTensor_0_0_data, 4, 4608, fp);
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_inputTensor_0_0_clientBuf = {(void*)context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_inputTensor_0_0_data, 18432};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_inputTensor_0_0_v1 = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_0.v1.id, "input", (Qnn_TensorType_t)0, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_inputTensor_0_0_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_inputTensor_0_0_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_inputTensor_0_0_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_inputTensor_0_0 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_inputTensor_0_0_v1};

   uint32_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_outputTensor_0_0_dims[] = {1, 1, 32, 48};
   Qnn_QuantizeParams_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_outputTensor_0_0_quantizeParams = {(Qnn_Definition_t)2147483647, (Qnn_QuantizationEncoding_t)2147483647, .scaleOffsetEncoding = {0.0, 0}};
   static float context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_outputTensor_0_0_data[1536];
   fread(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_outputTensor_0_0_data, 4, 1536, fp);
   Qnn_ClientBuffer_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_outputTensor_0_0_clientBuf = {(void*)context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_outputTensor_0_0_data, 6144};
   Qnn_TensorV1_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_outputTensor_0_0_v1 = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_tensor_1.v1.id, "output", (Qnn_TensorType_t)1, 0, (Qnn_DataType_t)562, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_outputTensor_0_0_quantizeParams, 4, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_outputTensor_0_0_dims, (Qnn_TensorMemType_t)0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_outputTensor_0_0_clientBuf};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_outputTensor_0_0 = {(Qnn_TensorVersion_t)1, .v1 = context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_outputTensor_0_0_v1};

   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_inputTensors_0[] = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_inputTensor_0_0};
   Qnn_Tensor_t context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_outputTensors_0[] = {context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_outputTensor_0_0};
   VALIDATE(error, interface.graphExecute(context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_inputTensors_0, 1, context_0_QNNExecutionProvider_QNNExecutionProvider_11069832679562831946_1_0_outputTensors_0, 1, NULL, NULL));

   VALIDATE(error, interface.contextFree(context_0, NULL));

   VALIDATE(error, interface.deviceFree(device_0));

   VALIDATE(error, interface.backendFree(backend_0));

   if (logging) {
     VALIDATE(error, interface.logFree(loghandle));
   }

   if (fclose(fp)) error = -1;
   return error == 0 || error == QNN_COMMON_ERROR_NOT_SUPPORTED ? 0 : error;
}
