/* A paper that was asked for goes as soon as it is chosen: what it is and who sees it stand there already. A photo that was
   taken just now is looked at first, and a file that cannot be sent says why in its row. */
document.querySelectorAll("form[data-upload]").forEach((form) => form.addEventListener("change", (event) => {
  if (event.target.name === "files" && form.querySelector("[data-rows] li:not([hidden], .doc-bad)")) form.requestSubmit();
}));
