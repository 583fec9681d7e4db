"""A small template engine for HTML."""

from .markup import Safe, escape
from .template import Template, TemplateError

__all__ = ["Safe", "Template", "TemplateError", "escape"]
