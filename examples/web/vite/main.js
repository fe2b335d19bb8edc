import { createTrainer, network } from './bars.cnn';
import { drawBars } from './bars.js';

const [loss, right, size, pause] = ['loss', 'right', 'size', 'pause'].map((id) => document.getElementById(id));
const trainer = await createTrainer({ seed: 1 });
let running = true;
pause.addEventListener('click', () => {
  running = !running;
  pause.textContent = running ? 'Pause' : 'Go on';
});

async function train() {
  if (running) {
    const result = await trainer.step(drawBars(16));
    loss.textContent = result.loss.toFixed(4);
    right.textContent = `${result.correct} of ${result.count}`;
    // Those of the network as it is now: it may have been edited.
    size.textContent = `${network.parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)}`;
  }
  requestAnimationFrame(train);
}
train();
