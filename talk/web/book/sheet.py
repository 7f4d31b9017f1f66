def write(folder):
    (folder / "cheatsheet.md").write_text("# Cheat sheet\n")
