# The server in a container; docs/serve.md says how to build and run it.
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY edgebokeh edgebokeh
COPY models models
COPY docs/sample docs/sample
RUN python -m venv /opt/edgebokeh && /opt/edgebokeh/bin/pip install --no-cache-dir '.[serve,heif]'

FROM python:3.13-slim
COPY --from=build /opt/edgebokeh /opt/edgebokeh
# Nothing is written: no optimised networks are kept, no bytecode.
ENV EDGEBOKEH_CACHE="" PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["/opt/edgebokeh/bin/python", "-c", "from http.client import HTTPConnection as To; to = To('127.0.0.1', 8080, timeout=4); to.request('GET', '/healthz'); raise SystemExit(to.getresponse().status != 200)"]
# A token is asked for: -e EDGEBOKEH_TOKEN=…
ENTRYPOINT ["/opt/edgebokeh/bin/edgebokeh", "serve", "--host", "0.0.0.0", "--port", "8080"]
