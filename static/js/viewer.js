/* The viewer: the arrow keys turn the page, as the links do. */
(() => {
  "use strict";
  const turn = { ArrowLeft: "prev", ArrowRight: "next" };
  document.addEventListener("keydown", (event) => {
    const link = turn[event.key] && document.querySelector(`.viewer a[rel=${turn[event.key]}]`);
    if (!link || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const at = event.target;
    // In a field the keys move the cursor, in an enlarged page they move the page.
    if (at.closest("input, select, textarea, dialog, .viewer-large")) return;
    event.preventDefault();
    link.click();
  });
})();
