import type { StatusPredicate } from '../model/plan.js';

/** Is this status a good answer to the user? */
export const statusIsOk = ({ op, status }: StatusPredicate, got: number): boolean => {
	switch (op) {
		case '<':
			return got < status;
		case '<=':
			return got <= status;
		case '>':
			return got > status;
		case '>=':
			return got >= status;
		case '==':
			return got === status;
		case '!=':
			return got !== status;
	}
};
