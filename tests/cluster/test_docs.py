"""The cluster that docs/scale.md begins with."""

import re

import pytest

from tests.conftest import ROOT


def test_rays_launcher_takes_the_cluster_of_the_docs() -> None:
    pytest.importorskip("ray", reason="Ray, the extra 'ray', is not installed")
    import yaml
    from ray.autoscaler._private.util import prepare_config, validate_config

    [text] = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "scale.md").read_text("utf-8"), re.DOTALL)
    config = prepare_config(yaml.safe_load(text))
    validate_config(config)
    assert config["available_node_types"][config["head_node_type"]]["resources"] == {"CPU": 0}
    with pytest.raises(Exception, match="Additional properties"):
        validate_config(config | {"workers": 3})
