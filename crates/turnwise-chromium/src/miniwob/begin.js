(() => {
  Math.seedrandom('SEED');
  core.EPISODE_MAX_TIME = 100000000;
  core.startEpisodeReal();
  core.clearTimer();
  for (const id of ['reward-display', 'click-canvas']) {
    const el = document.getElementById(id);
    if (el) el.style.setProperty('display', 'none', 'important');
  }
  core.startEpisode = () => {};
  return core.getUtterance();
})()
