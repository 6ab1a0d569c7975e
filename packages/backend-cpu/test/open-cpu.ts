/** The kernels as the suites want to know them. */
export const target = {
  backend: 'cpu',
  open: async () => void (await import('@normkit/backend-cpu')),
  fused: true,
} as const;
