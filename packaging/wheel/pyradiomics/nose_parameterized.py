"""The name under which PyRadiomics' tests ask for `parameterized`."""

from parameterized import parameterized

__all__ = ["parameterized"]
