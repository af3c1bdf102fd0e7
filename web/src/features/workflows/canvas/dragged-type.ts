/** How a node type is carried from the palette to the canvas. */
export const DRAGGED_TYPE = "application/x-retinue-node";
