import cnnc from 'cnnc/vite';

export default { plugins: [cnnc()], build: { target: 'es2022' } };
