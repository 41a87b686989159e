"""`hotline models`: what the recognisers' catalogue knows, on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from voice import models


def show(console: Console) -> None:
    """Every model, and where it is."""
    table = Table(box=None, pad_edge=False)
    for column in ("name", "engine", "languages", "MB", "where"):
        table.add_column(column, justify="right" if column == "MB" else "left")
    for model in models.catalogue():
        here = models.status(model)
        few = ", ".join(model.languages[:4]) + (f" +{len(model.languages) - 4}" if len(model.languages) > 4 else "")
        table.add_row(
            model.name,
            model.engine,
            few,
            str(model.size_mb),
            f"[green]{here.where}[/green]" if here.path else "[dim]missing[/dim]",
        )
    console.print(table)
    console.print("\n[dim]Get one: hotline models get NAME   A folder of your own: HOTLINE_MODELS=/path[/dim]")


def fetch(name: str, console: Console) -> None:
    """Get a model with a progress bar. Raises ConfigError where it cannot be had."""
    model = models.named(name)
    columns = (TextColumn(name), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bars:
        task = bars.add_task(name, total=None)
        path = models.get(model, lambda done, of: bars.update(task, completed=done, total=of or None))
    console.print(f"{name} is at {path}")


def verify(name: str | None, console: Console) -> bool:
    """Compare every file with what it should be; True where all are whole."""
    wanted = [models.named(name)] if name else [model for model in models.catalogue() if models.status(model).path]
    if not wanted:
        console.print("No model is on this machine. See `hotline models list`.")
    sound = True
    for model in wanted:
        verdict = models.verify(model)
        sound = sound and verdict.sound
        if verdict.sound:
            console.print(f"[green]whole[/green]    {model.name}: {verdict.checked} files compared")
        else:
            console.print(
                f"[red]damaged[/red]  {model.name}: {', '.join(verdict.damaged)}. Mend it with `hotline models get {model.name}`."
            )
    return sound
