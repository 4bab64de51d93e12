"""The launcher: Streamlit's server with our sign-in routes and our gate in front. No page is here.

`python manage.py serve` runs it; `uvicorn app:app` and `streamlit run app.py` do too.
"""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

from dashboard import media, sign_in
from dashboard.middleware import Gate
from dashboard.navigation import addresses
from settings import ROOT

# `.streamlit/config.toml` stands beside this file, wherever the desk is started from.
config._main_script_path = config._main_script_path or str(ROOT / "app.py")

app = st.App(
    ROOT / "dashboard" / "app.py",
    routes=[*sign_in.ROUTES, *media.ROUTES],
    middleware=[Middleware(Gate, pages=addresses())],
)
