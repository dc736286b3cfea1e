"""Put compiled kernels into the wheel, if ``SKGRU_KERNELS`` names their folder.

Such a wheel is only for the platform that it was built on. Without the variable the
wheel is pure Python, and compiles its kernels where it is installed.
"""

import os
import sysconfig

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class KernelsHook(BuildHookInterface):
    """Add the folder, and name the platform."""

    def initialize(self, version, build_data):
        """Change what is built."""
        folder = os.environ.get("SKGRU_KERNELS")
        if folder and version != "editable":
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["tag"] = f"py3-none-{platform}"
            build_data["pure_python"] = False
            build_data["force_include"][os.path.abspath(folder)] = "skgru/_kernels"
