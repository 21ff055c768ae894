"""What `pulumi new` asks for with the template."""

import yaml

from tests.unit.docs.page import ROOT


def test_pulumi_new_asks_for_every_setting_of_the_program() -> None:
    project = yaml.safe_load((ROOT / "examples" / "template" / "Pulumi.yaml").read_text(encoding="utf-8"))
    config = project["template"]["config"]

    assert set(config) == {"userplane:apiKey", "userplane:workspaceId", "domain"}
    assert config["userplane:apiKey"]["secret"] is True
    assert all(setting["description"] for setting in config.values())
