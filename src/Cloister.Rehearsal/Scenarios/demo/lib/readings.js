// Reads the readings: [{ time, place, celsius }].
const fs = require('fs');

exports.read = file => fs.readFileSync(file, 'utf8').trim().split('\n').slice(1).map(line => {
  const [time, place, celsius] = line.split(',');
  return { time, place, celsius: Number(celsius) };
});
