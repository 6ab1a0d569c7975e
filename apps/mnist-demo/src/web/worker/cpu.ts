import '@tensorflow/tfjs-backend-cpu';
import '@normkit/backend-cpu';
