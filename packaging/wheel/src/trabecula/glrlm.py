"""PyRadiomics' module of the same name."""

from ._feature_classes import RadiomicsGLRLM

__all__ = ["RadiomicsGLRLM"]
