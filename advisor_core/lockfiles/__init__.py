"""Writers and readers of what tools pin: Pipfile.lock, requirements.txt and pylock.toml.

`formats` gives the writer and the reader of a format and imports nothing before: a warm `thoth lock`
takes less time than importing all of them would. `difference` compares what two locks pin.
"""

from __future__ import annotations
