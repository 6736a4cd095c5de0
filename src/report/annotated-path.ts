/** GitHub finds a file by its path from the checkout; one outside of it, or without a checkout, is named as it is. */
export const annotatedPath = (file: string, workspace: string | undefined): string => {
	const root = workspace?.replace(/\/+$/, '');
	return root && file.startsWith(`${root}/`) ? file.slice(root.length + 1) : file;
};
