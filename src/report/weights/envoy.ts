import { checked, type Weighted, type WeightWriter } from './writer.js';

/**
 * A ClusterLoadAssignment (Envoy's config.endpoint.v3) as JSON, which is YAML too. A load_balancing_weight is at least
 * 1, so what is down is told by its health status instead.
 */
export const envoy: WeightWriter = (servers, pool) => {
	checked(servers, pool);
	const endpoint = ({ host, port, weight }: Weighted) => ({
		endpoint: { address: { socket_address: { address: host, port_value: port } } },
		...(weight === 0 ? { health_status: 'UNHEALTHY' } : { load_balancing_weight: weight }),
	});
	return `${JSON.stringify({ cluster_name: pool, endpoints: [{ lb_endpoints: servers.map(endpoint) }] }, null, 2)}\n`;
};
