"""PyRadiomics' module of the same name."""

from ._feature_classes import RadiomicsGLCM

__all__ = ["RadiomicsGLCM"]
