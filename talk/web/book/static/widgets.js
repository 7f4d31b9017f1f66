// Widgets live on without a kernel; the libraries that they need lie beside this file.
var require = {
  paths: { anywidget: new URL("libraries/anywidget/index", document.currentScript.src).href },
};
