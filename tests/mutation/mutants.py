"""Small mistakes in a module's code, each a mutant that some test must notice."""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

OTHER_COMPARISON: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
OTHER_OPERATOR: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Add,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
OTHER_NAME = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: where it is, what it is, and the code that has it."""

    number: int
    line: int
    code: str
    """That line, as it is written."""
    what: str
    tree: ast.Module


def mutants_of(file: Path) -> Iterator[Mutant]:
    """Yield every mutant of a file, in the order of its lines."""
    text = file.read_text(encoding="utf-8")
    tree, lines = ast.parse(text), ["", *text.splitlines()]
    for number, (node, what, _) in enumerate(_Places(tree).places):
        mutated = copy.deepcopy(tree)
        _, _, change = _Places(mutated).places[number]
        change()
        line = getattr(node, "lineno", 0)
        whole = ast.fix_missing_locations(mutated)
        yield Mutant(number, line, lines[line].strip(), what, whole)


Place = tuple[ast.AST, str, Callable[[], None]]


class _Places(ast.NodeVisitor):
    """Finds what may be mistaken; types, decorators and messages are left alone."""

    def __init__(self, tree: ast.Module) -> None:
        self.places: list[Place] = []
        self.visit(tree)

    def _may(self, node: ast.AST, what: str, change: Callable[[], None]) -> None:
        self.places.append((node, what, change))

    # -- left alone -----------------------------------------------------------------

    @override
    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(default)
        self._visit_body(node.body)

    @override
    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_body(node.body)

    @override
    def visit_Module(self, node: ast.Module) -> None:
        self._visit_body(node.body)

    def _visit_body(self, body: list[ast.stmt]) -> None:
        for statement in body:
            is_text = isinstance(statement, ast.Expr) and isinstance(
                statement.value, ast.Constant
            )
            if not is_text:
                self.visit(statement)

    @override
    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value and "TypeAlias" not in ast.unparse(node.annotation):
            self.visit(node.value)

    @override
    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        if not ast.unparse(node.value).endswith(("Literal", "Annotated")):
            self.visit(node.slice)

    @override
    def visit_Raise(self, node: ast.Raise) -> None:
        """Leave messages alone: nobody decides by them."""

    @override
    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    # -- mistaken ---------------------------------------------------------------------

    @override
    def visit_Compare(self, node: ast.Compare) -> None:
        for at, operator in enumerate(node.ops):
            other = OTHER_COMPARISON[type(operator)]

            def change(at: int = at, other: type[ast.cmpop] = other) -> None:
                node.ops[at] = other()

            self._may(node, f"{type(operator).__name__} → {other.__name__}", change)
        self.generic_visit(node)

    @override
    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        other = ast.Or if isinstance(node.op, ast.And) else ast.And

        def change() -> None:
            node.op = other()

        self._may(node, f"{type(node.op).__name__} → {other.__name__}", change)
        self.generic_visit(node)

    @override
    def visit_BinOp(self, node: ast.BinOp) -> None:
        if other := OTHER_OPERATOR.get(type(node.op)):

            def change() -> None:
                node.op = other()

            self._may(node, f"{type(node.op).__name__} → {other.__name__}", change)
        self.generic_visit(node)

    @override
    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):

            def change() -> None:  # `not not x` is the truth of x
                node.operand = ast.UnaryOp(ast.Not(), node.operand)

            self._may(node, "not x → x", change)
        self.generic_visit(node)

    def _condition(self, node: ast.If | ast.IfExp | ast.While) -> None:
        def change() -> None:
            node.test = ast.UnaryOp(ast.Not(), node.test)

        self._may(node, "condition → its opposite", change)
        self.generic_visit(node)

    @override
    def visit_If(self, node: ast.If) -> None:
        self._condition(node)

    @override
    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._condition(node)

    @override
    def visit_While(self, node: ast.While) -> None:
        self._condition(node)

    @override
    def visit_match_case(self, node: ast.match_case) -> None:
        if guard := node.guard:

            def change() -> None:
                node.guard = ast.UnaryOp(ast.Not(), guard)

            self._may(guard, "guard → its opposite", change)
        if guard:
            self.visit(guard)
        self._visit_body(node.body)

    @override
    def visit_comprehension(self, node: ast.comprehension) -> None:
        for at, condition in enumerate(node.ifs):

            def change(at: int = at) -> None:
                node.ifs[at] = ast.Constant(value=True)

            self._may(condition, "filter → everything", change)
        self.generic_visit(node)

    @override
    def visit_Return(self, node: ast.Return) -> None:
        value = node.value
        if value and not (isinstance(value, ast.Constant) and value.value is None):

            def change() -> None:
                node.value = ast.Constant(value=None)

            self._may(node, "return x → return None", change)
        self.generic_visit(node)

    @override
    def visit_Name(self, node: ast.Name) -> None:
        if other := OTHER_NAME.get(node.id):

            def change() -> None:
                node.id = other

            self._may(node, f"{node.id} → {other}", change)

    @override
    def visit_Constant(self, node: ast.Constant) -> None:
        was = node.value
        match was:
            case bool():
                other: object = not was
            case int():
                other = was + 1
            case str():
                other = f"{was}?"
            case _:
                return

        def change() -> None:
            node.value = other  # type: ignore[assignment]  # of the same type as before

        self._may(node, f"{was!r:.30} → {other!r:.30}", change)
