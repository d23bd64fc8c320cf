"""PyRadiomics' module of the same name."""

from ._feature_classes import RadiomicsGLSZM

__all__ = ["RadiomicsGLSZM"]
