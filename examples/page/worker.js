import { serveModel } from 'glass-flamingo/worker';

serveModel();
