"""Serve the laboratory to a class: `make serve`, or `python app/serve.py --port 8501`."""

from mmcl_app.serving.server import main

if __name__ == "__main__":
    main()
