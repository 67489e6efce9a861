// Tags as a list, kept apart from React so that it can be tested.

/** The tree from the top down, each with its depth. */
export const flatTags = (nodes, depth = 0) => nodes.flatMap((node) => [{ ...node, depth }, ...flatTags(node.children, depth + 1)]);

/** The tag that another one of that name would become one with; itself and what lies in it are none. */
export const joined = (tags, tag, name) => (name === tag || name.startsWith(`${tag}/`) ? null : tags.find((one) => one.tag === name) || null);
