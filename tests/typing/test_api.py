import ast
from pathlib import Path

import wxdist

#: What is used by its own names, and not through the front.
ROOMS = {"bills", "fundflow", "reconcile", "sandbox"}
PROGRAM = ast.parse(Path(__file__).with_name("api.py").read_text("utf-8"))


def imported(module):
    """Return the names that the program takes from *module*."""
    nodes = [node for node in ast.walk(PROGRAM) if isinstance(node, ast.ImportFrom)]
    return {alias.name for node in nodes if node.module == module for alias in node.names}


def test_the_typed_program_uses_every_public_name():
    """No public name is left out of what the type checker sees used."""
    used = {node.id for node in ast.walk(PROGRAM) if isinstance(node, ast.Name)}

    assert set(wxdist.__all__) == (imported("wxdist") & used) | ROOMS
    assert set(wxdist.sandbox.__all__) == imported("wxdist.sandbox") & used
