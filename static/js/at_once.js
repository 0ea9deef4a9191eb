/* A paper that was asked for goes as soon as it is chosen: what it is and who sees it stand there already. A photo that was
   taken just now is looked at first, several may become one PDF, and a file that cannot be sent says why in its row. */
document.querySelectorAll("form[data-upload]").forEach((form) => form.addEventListener("change", (event) => {
  const combining = !form.querySelector("[data-combine]").hidden;
  const chosen = event.target.name === "files" && form.querySelector("[data-rows] li:not([hidden], .doc-bad)");
  if (chosen && !combining) form.requestSubmit();
}));
