"""PyRadiomics' module of the same name."""

from ._feature_classes import RadiomicsFirstOrder

__all__ = ["RadiomicsFirstOrder"]
