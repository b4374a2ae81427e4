import json
import subprocess
from pathlib import Path

import pytest

from api.console.modules import ModuleError, joined

NODE = Path(__file__).parents[3] / ".venv" / "bin" / "node"


def run(script: str) -> object:
    """What a script writes with ``console.log``, as JSON."""
    done = subprocess.run([NODE, "-e", script], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_modules_keep_their_names_to_themselves() -> None:
    sources = {
        "main.js": 'import { twice } from "./parts/twice.js";\n'
        'import { one,\n  Two } from "./numbers.js";\n'
        "const secret = 1;\nconsole.log(JSON.stringify([twice(secret), one, new Two().value]));\n",
        "parts/twice.js": 'import { one } from "../numbers.js";\n'
        "const secret = 2;\nexport function twice(n) {\n  return n * secret * one;\n}\n",
        "numbers.js": "export const one = 1;\nexport class Two {\n  value = 2;\n}\n"
        "export async function unused() {}\n",
    }
    assert run(joined(sources, "main.js")) == [2, 1, 2]


def test_a_module_runs_once_and_after_those_that_it_imports() -> None:
    sources = {
        "main.js": 'import { a } from "./a.js";\nimport { b } from "./b.js";\n'
        "console.log(JSON.stringify(a.concat(b)));\n",
        "a.js": 'import { seen } from "./seen.js";\nexport const a = seen("a");\n',
        "b.js": 'import { seen } from "./seen.js";\nexport const b = seen("b");\n',
        "seen.js": "let count = 0;\nexport function seen(name) {\n"
        "  count += 1;\n  return [name, count];\n}\n",
    }
    assert run(joined(sources, "main.js")) == ["a", 1, "b", 2]


def test_what_nobody_imports_is_left_out() -> None:
    sources = {"main.js": "", "types.js": "export {};\n"}
    assert "types" not in joined(sources, "main.js")


@pytest.mark.parametrize(
    ("sources", "complaint"),
    [
        ({"main.js": 'import { a } from "./gone.js";\n'}, "gone.js, which is not there"),
        (
            {
                "main.js": 'import { a } from "./a.js";\n',
                "a.js": 'import { b } from "./main.js";\n',
            },
            "main.js imports a.js imports main.js",
        ),
        ({"main.js": 'import * as all from "./a.js";\n', "a.js": ""}, "a form that is not read"),
        ({"main.js": "export default 1;\n"}, "a form that is not read"),
        ({"main.js": "export { a as b };\n"}, "a form that is not read"),
    ],
    ids=["missing module", "circle", "import of all", "default export", "renamed export"],
)
def test_what_cannot_be_joined_is_an_error(sources: dict[str, str], complaint: str) -> None:
    with pytest.raises(ModuleError, match=complaint):
        joined(sources, "main.js")
