"""Runs the examples of `b2-sim/TESTING.md` against the simulator that it describes.

    python testing.py B2

runs the simulator with the `b2` at the path B2, the Python examples with this Python, which needs the package `b2sdk`, and
the commands of rclone if it is beside this Python or in the path. Exits with 1 if an example fails.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

PAGE = pathlib.Path(__file__).parents[3] / "b2-sim" / "TESTING.md"


def examples(language):
    """Returns the code blocks of the page in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def start(b2, command):
    """Starts the simulator with the command of the page, and waits until it answers."""
    words = command.split()
    assert words[:2] == ["b2", "sim"], command
    simulator = subprocess.Popen([b2, *words[1:]], stdout=subprocess.DEVNULL)
    for _ in range(600):
        try:
            urlopen("http://127.0.0.1:8765/sim").close()
            return simulator
        except URLError:
            assert simulator.poll() is None, "the simulator ended"
            time.sleep(0.05)
    raise AssertionError("the simulator does not answer")


def run_python(code):
    """Runs the functions of an example whose names begin with `test_`."""
    names = {}
    exec(compile(code, str(PAGE), "exec"), names)  # noqa: S102
    tests = [name for name in names if name.startswith("test_")]
    assert tests, code
    for name in tests:
        names[name]()
        print(f"ok  {name}")


def main(b2):
    command, *others = examples("sh")
    simulator = start(b2, command)
    try:
        for code in examples("python"):
            run_python(code)
        path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        rclone = [code for code in others if "rclone" in code]
        assert len(rclone) == 1, others
        if shutil.which("rclone", path=path):
            subprocess.run(["sh", "-euc", rclone[0]], check=True, env={**os.environ, "PATH": path})
            print("ok  rclone")
        else:
            print("rclone is not installed: its example is not run")
    finally:
        simulator.terminate()
        simulator.wait()


main(sys.argv[1])
