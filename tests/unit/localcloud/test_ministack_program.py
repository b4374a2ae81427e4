"""What the emulator does with running invocations, by its own interpreter."""

import subprocess
from pathlib import Path
from textwrap import dedent

from localcloud.emulator import PROGRAM

EMULATOR = Path(__file__).parents[3] / ".local" / "emulator" / "bin" / "python"


def run(program: str) -> str:
    """What a program prints that has the emulator's own as ``program``."""
    loaded = f"""\
        import importlib.util, time
        from types import SimpleNamespace
        spec = importlib.util.spec_from_file_location("program", {str(PROGRAM)!r})
        program = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(program)
        ended = []
        program.end_at_once = lambda workers: ended.extend(each.name for each in workers)

        def worker(name, in_use, alive=True):
            process = SimpleNamespace(poll=lambda: None if alive else 1)
            return SimpleNamespace(name=name, in_use=in_use, _proc=process)

        def until(reached):
            while not reached():
                time.sleep(0.01)
    """
    done = subprocess.run(
        [str(EMULATOR), "-P", "-c", dedent(loaded) + dedent(program)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_function_that_is_updated_ends_when_its_invocation_is_over() -> None:
    told = run("""
        busy, idle = worker("busy", True), worker("idle", False)
        program.end_when_idle([busy, idle, None])
        time.sleep(0.3)
        before = list(ended)
        busy.in_use = False
        until(lambda: "busy" in ended)
        print(before, ended)
    """)
    assert told == "['idle'] ['idle', 'busy']"


def test_one_whose_process_has_gone_is_not_waited_for() -> None:
    told = run("""
        program.end_when_idle([worker("dead", True, alive=False)])
        until(lambda: ended)
        print(ended)
    """)
    assert told == "['dead']"


def test_the_emulator_still_has_what_is_exchanged() -> None:
    told = run("""
        import inspect
        print("kill_workers(doomed)" in inspect.getsource(program.lambda_runtime.invalidate_worker))
    """)
    assert told == "True"
