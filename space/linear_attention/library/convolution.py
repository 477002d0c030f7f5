"""Causal convolutions."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ShortConvolution(nn.Module):
    """A causal depthwise convolution over the last `kernel` positions."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        bound = kernel**-0.5
        self.weight = nn.Parameter(torch.empty(kernel, channels).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        past = F.pad(x, (0, 0, len(self.weight) - 1, 0))
        shifted = [past[:, i : i + x.shape[1]] for i in range(len(self.weight))]
        return sum(tap * s for tap, s in zip(self.weight, shifted, strict=True))


class LongFilter(nn.Module):
    """A filter given by an MLP of the position under a decaying window (Hyena, section 3.3)."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(16, width)
        self.out = nn.Linear(width, channels, bias=False)
        self.log_rate = nn.Parameter(torch.linspace(-6.0, -1.0, channels))

    def forward(self, length: int) -> Tensor:
        """The filter's taps for lags 0 to length - 1, (length, channels)."""
        lag = torch.arange(length, device=self.log_rate.device)[:, None]
        angle = lag * 2.0 ** -torch.arange(8, device=lag.device)
        waves = torch.cat((angle.sin(), angle.cos()), dim=-1).to(self.log_rate.dtype)
        window = (-lag * self.log_rate.exp()).exp()
        return window * self.out(self.hidden(waves).sin())


def causal_convolution(x: Tensor, taps: Tensor) -> Tensor:
    """Convolve (batch, time, d) with (time, d) over time by FFT, in float32."""
    length = x.shape[1]
    spectrum = torch.fft.rfft(x.float(), n=2 * length, dim=1)
    spectrum = spectrum * torch.fft.rfft(taps.float(), n=2 * length, dim=0)
    return torch.fft.irfft(spectrum, n=2 * length, dim=1)[:, :length].to(x.dtype)
