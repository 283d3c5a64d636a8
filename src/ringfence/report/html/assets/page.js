// Only convenience: everything can be read, reached and printed without it.
"use strict";
(() => {
  const matrix = document.querySelector("#matrix-sheet svg");
  const parts = matrix ? [...matrix.querySelectorAll("[data-row], [data-column]")] : [];
  const light = (cell) => {
    for (const part of parts) {
      const lit =
        cell !== null &&
        (part.dataset.row === cell.dataset.row || part.dataset.column === cell.dataset.column);
      part.classList.toggle("lit", lit);
    }
  };
  for (const cell of matrix ? matrix.querySelectorAll("a.cell") : []) {
    cell.addEventListener("pointerenter", () => light(cell));
    cell.addEventListener("focus", () => light(cell));
    cell.addEventListener("pointerleave", () => light(null));
    cell.addEventListener("blur", () => light(null));
  }
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const each of folded) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of folded) each.open = false;
  });
  for (const button of document.querySelectorAll("button[data-fold]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const within = document.getElementById(button.dataset.fold);
      const all = [...within.querySelectorAll("details.pair")];
      const open = all.some((each) => !each.open);
      for (const each of all) each.open = open;
      button.textContent = open ? "Fold all" : "Unfold all";
    });
  }
})();
