"""ERC Studio in the browser: `make app`, or `streamlit run app.py`."""

from ui import frame

frame.run_app()
