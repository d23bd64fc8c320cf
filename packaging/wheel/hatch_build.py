"""Tells hatchling that the wheel has programs for one platform, and needs no particular Python."""

import sysconfig

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PlatformWheel(BuildHookInterface):
    """The tag of a wheel for every Python 3 on this platform; auditwheel makes it an older one's."""

    def initialize(self, version: str, build_data: dict) -> None:
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
