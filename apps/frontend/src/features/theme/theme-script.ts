export const PLACE = "cooly.theme";

/**
 * Runs before the first paint, so that no page shows in the wrong colours for a moment. It also follows the system while
 * the page is open.
 */
export const themeScript = `(function(){
var root=document.documentElement,dark=matchMedia("(prefers-color-scheme: dark)");
function apply(){var chosen=null;try{chosen=localStorage.getItem("${PLACE}")}catch(e){}
root.dataset.theme=chosen==="light"||chosen==="dark"?chosen:dark.matches?"dark":"light"}
apply();dark.addEventListener("change",apply);addEventListener("storage",apply);addEventListener("cooly:theme",apply)})()`;
