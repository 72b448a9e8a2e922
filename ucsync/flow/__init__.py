"""What ucsync does, verb by verb; today: reading everything once, and examining a server.

Owns the order of steps. Never prints, parses flags or reads configuration.
"""

from ucsync.flow.examine import Examination, examine
from ucsync.flow.read import Reading, read

__all__ = ["Examination", "Reading", "examine", "read"]
