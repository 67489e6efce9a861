"""One module per noun; each route calls one service method."""
