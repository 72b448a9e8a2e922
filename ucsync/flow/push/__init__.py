"""Pushes: CRM changes back into UltraCart: plan, apply, settle, undo.

Owns the order of steps of a push. Never prints, parses flags or reads configuration. Words: a change set
is what the CRM asks for, a plan the exact requests that it comes to, the journal the intent and the
outcome of each; a push is a plan that has been begun.
"""

__all__ = ()  # its modules are imported by name: the workplace of every verb has a writer in it
