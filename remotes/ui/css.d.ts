/** A CSS module: local class name to the name in the page. Each name is checked by tests/unit/ui-styles.test.ts. */
declare module '*.module.css' {
  const classes: { readonly [local: string]: string }
  export = classes
}
declare module '*.css' {}
