"""What the program uses of the standard library's `dataclasses`, made quicker; see `wfopt.slotted`.

Type checkers are told, in `dataclass.pyi`, that it is the standard library's, and so check all that they know
of it: arguments, changes of frozen values, calls of `replace`.
"""

from wfopt.slotted import define as dataclass
from wfopt.slotted import field, replace

__all__ = ["dataclass", "field", "replace"]
