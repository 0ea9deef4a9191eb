/* The matrix of rights: what the chosen role says on each right, and what there is on the chosen kind of place. */
(() => {
  "use strict";
  const form = document.querySelector(".matrix")?.closest("form");
  if (!form) return;
  const all = (selector, root = form) => [...root.querySelectorAll(selector)];
  const words = (text) => (text || "").split(" ");

  const say = () => {
    const role = form.querySelector("input[name=preset]:checked")?.value;
    all(".right").forEach((right) => {
      right.dataset.says = role ? (words(right.dataset.roles).includes(role) ? "yes" : "no") : "";
    });
  };

  const fit = () => {
    const where = form.elements.where;
    if (!where || where.type === "hidden") return;
    const kind = where.value.split(":")[0];
    all("[data-kinds]").forEach((each) => {
      each.hidden = !words(each.dataset.kinds).includes(kind);
      if (!each.hidden) return;
      all("input:checked", each).forEach((input) => { input.checked = false; });
      const first = each.querySelector("input[value='']");
      if (first) first.checked = true;
    });
    all(".area").forEach((area) => { area.hidden = all(".right", area).every((right) => right.hidden); });
    const roles = all(".choice:not([hidden]) input[name=preset]");
    if (roles.length === 1) roles[0].checked = true;
  };

  form.addEventListener("change", (event) => {
    if (event.target.name === "where") fit();
    if (["where", "preset"].includes(event.target.name)) say();
  });
  fit();
  say();
})();
