"""Reports → Plotly figures, without Streamlit, so that a figure can be tested and exported by itself."""
