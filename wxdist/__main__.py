"""``python -m wxdist``: the same as the command ``wxdist``."""

from wxdist.cli.main import main

raise SystemExit(main())
