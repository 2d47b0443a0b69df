"""The files for share/jupyter; and, where THAW_PROGRAM_TREE names a folder with bin/thaw and its libraries, that program too.

scripts/package sets THAW_PROGRAM_TREE and makes a wheel for this kind of machine of it; without it the wheel is for any machine.
"""

import os
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel

HERE = Path(__file__).resolve().parent
program = os.environ.get("THAW_PROGRAM_TREE")


def tree(source, destination):
    """Every file below `source`, as setuptools wants it: (folder, [files]) for each folder below `destination`."""
    folders = {}
    for path in sorted(source.rglob("*")):
        if path.is_file():
            folders.setdefault(str(Path(destination) / path.parent.relative_to(source)), []).append(os.path.relpath(path, HERE))
    return list(folders.items())


class Wheel(bdist_wheel):
    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = program is None

    def get_tag(self):
        # The program cares for no Python version.
        return ("py3", "none", os.environ["THAW_PLATFORM_TAG"]) if program else super().get_tag()


setup(
    data_files=tree(HERE / "kernel", "share/jupyter/kernels/thaw")
    + tree(HERE / "labextension", "share/jupyter/labextensions/thaw-kernel")
    + (tree(Path(program), ".") if program else []),
    cmdclass={"bdist_wheel": Wheel},
)
