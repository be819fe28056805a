"""The core's step equals the plain one: loss and gradients, at every N and K tried."""

from __future__ import annotations

import importlib
import math
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

FOLDER = Path(__file__).parents[1] / "benchmarks"
NS, KS = (1, 10, 100, 800), (1, 4, 16)


@pytest.fixture(scope="module")
def steps() -> Any:
    sys.path.insert(0, str(FOLDER))
    try:
        import steps

        yield steps
    finally:
        sys.path.remove(str(FOLDER))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("k", KS)
@pytest.mark.parametrize("n", NS)
def test_loss_and_gradients_equal_the_plain_step(
    steps: Any, n: int, k: int, dtype: torch.dtype
) -> None:
    margins = [0.6 + 0.3 * j / max(1, k - 1) for j in range(k)]
    setting = steps.Setting(
        n=n, batch=64, dim=16, users=300, items=900, margins=margins, weights=[1 / k] * k
    )
    vectors = [table.to(dtype) for table in steps.tables(setting, tastes=20)]
    plain, core = steps.PlainSide(setting, *vectors), steps.CoreSide(setting, *vectors)
    core.model.to(dtype)
    with torch.no_grad():
        for ours, theirs in zip(core.model.parameters(), plain.model.parameters(), strict=True):
            ours.copy_(theirs)
    assert torch.equal(core.batch.negatives, plain.batch[2])
    loss = plain.model.loss(*plain.batch)
    loss.backward()
    found, active = steps.backward(core.model, core.loss, core.batch)
    assert 0 < active < 0.2
    near = 1e-5 if dtype == torch.float32 else 1e-10
    assert found == pytest.approx(loss.item(), rel=near)
    for ours, theirs in zip(core.model.parameters(), plain.model.parameters(), strict=True):
        far = (ours.grad.to_dense() - theirs.grad).norm() / theirs.grad.norm()
        assert far < near
        largest = (ours.grad.to_dense() - theirs.grad).abs().max() / theirs.grad.abs().max()
        assert largest < near


def test_rows_outside_the_batch_are_neither_read_nor_written(steps: Any) -> None:
    setting = steps.Setting(n=10, batch=8, dim=4, users=50, items=2_000)
    core = steps.CoreSide(setting, *steps.tables(setting))
    batch = core.batch
    used = torch.cat([batch.positives, batch.negatives.flatten()]).unique()
    rest = torch.ones(setting.items, dtype=torch.bool)
    rest[used] = False
    with torch.no_grad():
        core.model.items.weight[rest] = torch.nan  # would spoil whatever reads it
    before = core.model.items.weight.detach().clone()
    value, _ = steps.backward(core.model, core.loss, batch)
    grad = core.model.items.weight.grad.coalesce()
    assert torch.isfinite(grad.values()).all()
    assert math.isfinite(value)
    assert set(grad.indices()[0].tolist()) <= set(used.tolist())
    steps.update(core.model, core.optimizer, core.config)
    after = core.model.items.weight.detach()
    changed = (after != before).any(1) & ~rest
    assert 0 < int(changed.sum()) <= len(used)
    assert after[rest].isnan().all()


def test_a_step_never_holds_a_vector_for_every_negative(steps: Any) -> None:
    from turns import peak_bytes

    setting = steps.Setting(n=400, batch=64, dim=32, users=200, items=5_000)
    vectors = steps.tables(setting)
    core, plain = steps.CoreSide(setting, *vectors), steps.PlainSide(setting, *vectors)
    gathered = setting.batch * setting.n * setting.dim * 4
    assert peak_bytes(core.step) < gathered / 2
    assert peak_bytes(plain.step) > gathered


def test_the_stored_table_is_that_of_the_stored_rows(tmp_path: Path, steps: Any) -> None:
    core = importlib.import_module("core")
    shutil.copy(core.OUT, tmp_path)
    core.write_table(tmp_path / "core.csv")
    assert (tmp_path / "core.md").read_text("utf-8") == core.OUT.with_suffix(".md").read_text(
        "utf-8"
    )


def test_a_curve_is_read_from_the_words_under_it(steps: Any) -> None:
    pages = importlib.import_module("pages")
    said = (
        "NDCG@20, validation over the epochs, latest values. A, CCL: 0.112; C, MMCL (SimpleX): 0.2."
    )
    assert pages.values(said) == {"A": 0.112, "C": 0.2}
    assert pages.values("A, CCL: nothing yet; B, CCL: nothing yet.") == {}
    late = pages.table({("Lab", "second visit"): [2.0, 1.0, 3.0], ("Lab", "first visit"): [9.0]})
    assert [(row["median s"], row["limit"]) for row in late] == [("2.00", "1"), ("9.00", "")]
