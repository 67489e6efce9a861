"""One module per page; importing a page module registers its route."""
